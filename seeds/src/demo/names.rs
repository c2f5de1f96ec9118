//! Made-up names in Chinese with their spelling in Latin letters.

use rand::Rng;
use rand::seq::SliceRandom;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) zh: String,
    pub(super) en: String,
}

impl Name {
    /// The name with a kind behind it, such as 街道 and " Subdistrict".
    pub(super) fn with(&self, zh: &str, en: &str) -> Self {
        Self { zh: format!("{}{zh}", self.zh), en: format!("{}{en}", self.en) }
    }
}

type Syllable = (&'static str, &'static str);

/// Each pool is two lists of syllables whose pairs make the names.
struct Pool {
    first: [Syllable; 12],
    second: [Syllable; 12],
}

const PLACES: Pool = Pool {
    first: [
        ("春", "Chun"),
        ("明", "Ming"),
        ("安", "An"),
        ("康", "Kang"),
        ("永", "Yong"),
        ("新", "Xin"),
        ("和", "He"),
        ("福", "Fu"),
        ("长", "Chang"),
        ("金", "Jin"),
        ("玉", "Yu"),
        ("柳", "Liu"),
    ],
    second: [
        ("兴", "xing"),
        ("园", "yuan"),
        ("桥", "qiao"),
        ("湖", "hu"),
        ("山", "shan"),
        ("河", "he"),
        ("林", "lin"),
        ("泉", "quan"),
        ("亭", "ting"),
        ("港", "gang"),
        ("坊", "fang"),
        ("溪", "xi"),
    ],
};

const ROADS: Pool = Pool {
    first: [
        ("云", "Yun"),
        ("景", "Jing"),
        ("学", "Xue"),
        ("文", "Wen"),
        ("建", "Jian"),
        ("民", "Min"),
        ("星", "Xing"),
        ("翠", "Cui"),
        ("锦", "Jin"),
        ("望", "Wang"),
        ("清", "Qing"),
        ("宏", "Hong"),
    ],
    second: [
        ("江", "jiang"),
        ("海", "hai"),
        ("德", "de"),
        ("华", "hua"),
        ("苑", "yuan"),
        ("康", "kang"),
        ("阳", "yang"),
        ("宁", "ning"),
        ("水", "shui"),
        ("成", "cheng"),
        ("平", "ping"),
        ("光", "guang"),
    ],
};

const HOMES: Pool = Pool {
    first: [
        ("桂", "Gui"),
        ("梅", "Mei"),
        ("兰", "Lan"),
        ("竹", "Zhu"),
        ("荷", "He"),
        ("枫", "Feng"),
        ("樟", "Zhang"),
        ("栖", "Qi"),
        ("晨", "Chen"),
        ("朗", "Lang"),
        ("绿", "Lü"),
        ("嘉", "Jia"),
    ],
    second: [
        ("香", "xiang"),
        ("月", "yue"),
        ("霞", "xia"),
        ("庭", "ting"),
        ("雅", "ya"),
        ("境", "jing"),
        ("岸", "an"),
        ("怡", "yi"),
        ("丰", "feng"),
        ("和", "he"),
        ("宸", "chen"),
        ("悦", "yue"),
    ],
};

/// The names of a city, in an order that the seed draws.
#[derive(Debug)]
pub(super) struct Names {
    places: Vec<Name>,
    roads: Vec<Name>,
    homes: Vec<Name>,
}

impl Names {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mut pairs = |pool: &Pool| {
            let with = |a: &Syllable| pool.second.map(|b| Name { zh: [a.0, b.0].concat(), en: [a.1, b.1].concat() });
            let mut names: Vec<Name> = pool.first.iter().flat_map(with).collect();
            names.shuffle(rng);
            names
        };
        Self { places: pairs(&PLACES), roads: pairs(&ROADS), homes: pairs(&HOMES) }
    }

    /// Of the `k`-th community; all 144 differ.
    pub(super) fn place(&self, k: usize) -> &Name {
        &self.places[k % self.places.len()]
    }

    /// Of the `k`-th main road or subdistrict; the first 144 differ.
    pub(super) fn road(&self, k: usize) -> &Name {
        &self.roads[k % self.roads.len()]
    }

    /// Of the `k`-th compound; the first 144 differ, as cities repeat such names.
    pub(super) fn home(&self, k: usize) -> &Name {
        &self.homes[k % self.homes.len()]
    }
}
