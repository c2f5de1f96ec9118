//! Strongly connected components of a directed graph (Tarjan 1972, without recursion).

/// Component of each vertex of the graph given as adjacency array; components count from 0.
pub(crate) fn components(first: &[u32], targets: &[u32]) -> (Vec<u32>, usize) {
    const UNSEEN: u32 = u32::MAX;
    let n = first.len().saturating_sub(1);
    let mut component = vec![UNSEEN; n];
    let mut order = vec![UNSEEN; n];
    let mut low = vec![0_u32; n];
    let mut on_path: Vec<u32> = Vec::new();
    let mut calls: Vec<(u32, u32)> = Vec::new();
    let (mut clock, mut found) = (0_u32, 0_u32);
    for root in 0..n {
        if order[root] != UNSEEN {
            continue;
        }
        calls.push((root as u32, first[root]));
        order[root] = clock;
        low[root] = clock;
        clock += 1;
        on_path.push(root as u32);
        while let Some(&mut (vertex, ref mut next)) = calls.last_mut() {
            let v = vertex as usize;
            if *next < first[v + 1] {
                let w = targets[*next as usize] as usize;
                *next += 1;
                if order[w] == UNSEEN {
                    order[w] = clock;
                    low[w] = clock;
                    clock += 1;
                    on_path.push(w as u32);
                    calls.push((w as u32, first[w]));
                } else if component[w] == UNSEEN {
                    low[v] = low[v].min(order[w]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(parent, _)) = calls.last() {
                low[parent as usize] = low[parent as usize].min(low[v]);
            }
            if low[v] == order[v] {
                while let Some(w) = on_path.pop() {
                    component[w as usize] = found;
                    if w == vertex {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    (component, found as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_rings_with_a_one_way_bridge_are_two_components() {
        // 0 -> 1 -> 2 -> 0, 2 -> 3, 3 <-> 4
        let (component, n) = components(&[0, 1, 2, 4, 5, 6], &[1, 2, 0, 3, 4, 3]);
        assert_eq!(n, 2);
        assert!(component[0] == component[1] && component[1] == component[2] && component[3] == component[4]);
        assert_ne!(component[0], component[3]);
    }

    proptest! {
        #[test]
        fn same_component_means_each_reaches_the_other(pairs in prop::collection::vec((0_u32..12, 0_u32..12), 0..40)) {
            let mut first = vec![0_u32; 13];
            let mut sorted = pairs.clone();
            sorted.sort_unstable();
            for &(a, _) in &sorted { first[a as usize + 1] += 1; }
            for v in 0..12 { first[v + 1] += first[v]; }
            let targets: Vec<u32> = sorted.iter().map(|&(_, b)| b).collect();
            let (component, _) = components(&first, &targets);
            let mut reach = [[false; 12]; 12];
            for (v, row) in reach.iter_mut().enumerate() { row[v] = true; }
            for &(a, b) in &pairs { reach[a as usize][b as usize] = true; }
            for k in 0..12 { for a in 0..12 { for b in 0..12 {
                reach[a][b] |= reach[a][k] && reach[k][b];
            } } }
            for a in 0..12 { for b in 0..12 {
                prop_assert_eq!(component[a] == component[b], reach[a][b] && reach[b][a]);
            } }
        }
    }
}
