/** Texts in zh-CN and en, and numbers with their units. Knows no page and no server. */

export type Language = "zh-CN" | "en";

const zh = {
  title: "回路 Huilu",
  subtitle: "互联网+回收：路线与网点",
  language: "English",
  signIn: "登录",
  signOut: "退出",
  tokenLabel: "访问令牌",
  tokenHelp: "启动服务时会打印规划员、回收员和居民的令牌。规划员可以查看全部图层。",
  tokenWrong: "令牌不被接受，请检查后重试。",
  date: "服务日期",
  refresh: "刷新",
  loading: "加载中…",
  plan: "计划",
  planNone: "这一天还没有计划。",
  planNoneHint: "用 POST /v1/plans 为这一天生成计划，发布后这里显示路线。",
  planUnpublished: "计划已生成，尚未发布：地图上没有路线。",
  stale: "发布后预约、车辆或网点有变动，计划已过时。",
  forbidden: "此令牌无权查看这部分内容。",
  "state.proposed": "待发布",
  "state.published": "已发布",
  "state.superseded": "已被取代",
  "state.discarded": "已放弃",
  "run.QUEUED": "排队中",
  "run.RUNNING": "计算中",
  "run.SUCCEEDED": "已完成",
  "run.FAILED": "失败",
  "run.CANCELLED": "已取消",
  cost: "总成本",
  bookings: "预约",
  served: "已安排",
  unserved: "未安排",
  vehicles: "用车",
  distance: "里程",
  duration: "工时",
  mass: "重量",
  unloads: "卸货次数",
  bound: "下界",
  gap: "差距",
  boundNone: "尚无：只有完成精确定价后才有可证明的下界。",
  estimated: "注意：{profiles} 的里程和时间是估算值（直线距离乘以绕行系数），不是按道路计算的。",
  estimatedBecause: "原因：{cause}",
  travelSource: "里程和时间来源：{sources}",
  tooFar: "{profiles}：{count} 个地点离可行驶的道路超过 500 米，无法到达。",
  "profile.etrike": "电动三轮车",
  "profile.van": "厢式车",
  "profile.truck": "货车",
  "profile.foot": "步行",
  "travel.roads": "本地道路",
  "travel.osrm": "OSRM",
  "travel.valhalla": "Valhalla",
  "travel.estimate": "估算",
  reasons: "未安排原因",
  "reason.CAPACITY": "车辆装不下",
  "reason.TIME_WINDOW": "时间窗赶不上",
  "reason.SKILL": "缺少所需技能",
  "reason.SHIFT_END": "超出班次",
  "reason.MAX_DISTANCE": "超出里程上限",
  "reason.UNREACHABLE": "道路不可达",
  "reason.BREAK": "与休息冲突",
  "reason.LOCK": "被锁定",
  "reason.INCOMPATIBLE_LOAD": "品类不能混装",
  "reason.AREA": "不在服务区",
  "reason.NO_VEHICLE": "没有可用车辆",
  "reason.OUTLET_FULL": "网点已满",
  "reason.PROVEN_INFEASIBLE": "已证明无法安排",
  "reason.NOT_WORTH_IT": "上门成本高于收益",
  "reason.SEARCH_LIMIT": "限定时间内未找到位置",
  layers: "图层",
  "layer.roads": "道路",
  "layer.cells": "需求网格 (H3)",
  "layer.outlets": "网点",
  "layer.routes": "已发布路线",
  "legend.less": "少",
  "legend.more": "多",
  routes: "路线",
  routesNone: "这一天没有已发布的路线。",
  routesAll: "全部显示",
  routesNoneShown: "全部隐藏",
  vehicle: "车辆",
  stops: "停靠",
  outlets: "网点",
  outletsNone: "还没有网点。",
  name: "名称",
  tier: "层级",
  "tier.smart_bin": "智能回收箱",
  "tier.collection_point": "回收点",
  "tier.transfer_station": "中转站",
  "tier.sorting_center": "分拣中心",
  cells: "需求网格",
  cellsNone: "还没有需求数据。",
  cell: "网格",
  zone: "调度分区",
  tables: "地图数据列表",
  mapLabel: "地图：道路、需求网格、网点和路线",
  mapFailed: "此浏览器无法显示地图，数据见下方列表。",
  errorTitle: "出错了",
  serverDown: "连不上服务器。请确认服务正在运行，然后重试。",
  retry: "重试",
  shown: "显示前 {shown} 条，共 {total} 条",
} as const;

export type MessageKey = keyof typeof zh;

const en: Record<MessageKey, string> = {
  title: "Huilu 回路",
  subtitle: "Internet + recycling: routes and outlets",
  language: "中文",
  signIn: "Sign in",
  signOut: "Sign out",
  tokenLabel: "Access token",
  tokenHelp: "The server prints one for the planner, the collector and the resident when it starts. The planner sees every layer.",
  tokenWrong: "That token was not accepted. Please check it and try again.",
  date: "Service date",
  refresh: "Refresh",
  loading: "Loading…",
  plan: "Plan",
  planNone: "There is no plan for this day yet.",
  planNoneHint: "Make one with POST /v1/plans; its routes show here once it is published.",
  planUnpublished: "The plan is made but not published: no routes on the map.",
  stale: "Bookings, vehicles or outlets changed after publication: the plan is stale.",
  forbidden: "This token may not see this part.",
  "state.proposed": "proposed",
  "state.published": "published",
  "state.superseded": "superseded",
  "state.discarded": "discarded",
  "run.QUEUED": "queued",
  "run.RUNNING": "running",
  "run.SUCCEEDED": "succeeded",
  "run.FAILED": "failed",
  "run.CANCELLED": "cancelled",
  cost: "Cost",
  bookings: "Bookings",
  served: "Served",
  unserved: "Unserved",
  vehicles: "Vehicles used",
  distance: "Distance",
  duration: "Hours",
  mass: "Mass",
  unloads: "Unloads",
  bound: "Lower bound",
  gap: "Gap",
  boundNone: "None yet: only a completed exact pricing round proves one.",
  estimated: "Note: distances and times of {profiles} are estimates (great circle times circuity), not taken from roads.",
  estimatedBecause: "Why: {cause}",
  travelSource: "Distances and times from: {sources}",
  tooFar: "{profiles}: {count} places lie farther than 500 m from any road that may be driven, and cannot be reached.",
  "profile.etrike": "e-trikes",
  "profile.van": "vans",
  "profile.truck": "trucks",
  "profile.foot": "walks",
  "travel.roads": "own roads",
  "travel.osrm": "OSRM",
  "travel.valhalla": "Valhalla",
  "travel.estimate": "estimate",
  reasons: "Why unserved",
  "reason.CAPACITY": "does not fit in the vehicle",
  "reason.TIME_WINDOW": "time window missed",
  "reason.SKILL": "skill missing",
  "reason.SHIFT_END": "past the end of the shift",
  "reason.MAX_DISTANCE": "beyond the distance limit",
  "reason.UNREACHABLE": "no road there",
  "reason.BREAK": "clashes with the break",
  "reason.LOCK": "locked",
  "reason.INCOMPATIBLE_LOAD": "materials must not mix",
  "reason.AREA": "outside the service area",
  "reason.NO_VEHICLE": "no vehicle",
  "reason.OUTLET_FULL": "outlet full",
  "reason.PROVEN_INFEASIBLE": "proven impossible",
  "reason.NOT_WORTH_IT": "costs more to serve than to leave",
  "reason.SEARCH_LIMIT": "no place found within the time",
  layers: "Layers",
  "layer.roads": "Roads",
  "layer.cells": "Demand cells (H3)",
  "layer.outlets": "Outlets",
  "layer.routes": "Published routes",
  "legend.less": "less",
  "legend.more": "more",
  routes: "Routes",
  routesNone: "No published routes on this day.",
  routesAll: "Show all",
  routesNoneShown: "Hide all",
  vehicle: "Vehicle",
  stops: "Stops",
  outlets: "Outlets",
  outletsNone: "There are no outlets yet.",
  name: "Name",
  tier: "Tier",
  "tier.smart_bin": "smart bin",
  "tier.collection_point": "collection point",
  "tier.transfer_station": "transfer station",
  "tier.sorting_center": "sorting centre",
  cells: "Demand cells",
  cellsNone: "There is no demand yet.",
  cell: "Cell",
  zone: "Dispatch zone",
  tables: "The map as lists",
  mapLabel: "Map: roads, demand cells, outlets and routes",
  mapFailed: "This browser cannot draw the map; the lists below hold its facts.",
  errorTitle: "Something went wrong",
  serverDown: "The server cannot be reached. Please check that it runs, then try again.",
  retry: "Try again",
  shown: "First {shown} of {total}",
};

const texts: Record<Language, Record<MessageKey, string>> = { "zh-CN": zh, en };

export class Translator {
  constructor(readonly language: Language) {}

  text(key: MessageKey, values: Record<string, string | number> = {}): string {
    return texts[this.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  }

  /** The text of a code the server sent; the code itself where it is newer than this page. */
  code(prefix: "profile" | "reason" | "run" | "state" | "tier" | "travel", code: string): string {
    const key = `${prefix}.${code}`;
    return key in texts[this.language] ? this.text(key as MessageKey) : code;
  }

  /** Fen as yuan. */
  money(fen: number): string {
    return new Intl.NumberFormat(this.language, { style: "currency", currency: "CNY" }).format(fen / 100);
  }

  kilometres(metres: number): string {
    return `${this.number(metres / 1000, 1)} km`;
  }

  hours(seconds: number): string {
    return `${this.number(seconds / 3600, 1)} h`;
  }

  kilograms(grams: number): string {
    return `${this.number(grams / 1000, 0)} kg`;
  }

  /** A fraction as percent. */
  percent(fraction: number): string {
    return new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 1 }).format(fraction);
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: digits }).format(value);
  }
}

/** The first language the browser wants that this page speaks; Chinese where none matches. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("zh")) return "zh-CN";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "zh-CN";
}
