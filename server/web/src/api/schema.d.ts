export interface components {
  schemas: {
    Position: { lat: number; lon: number; datum: string };
    StreamAmount: { stream: string; mass_g: number; volume_l: number };
    Session: { role: "resident" | "collector" | "planner"; vehicle_id: string | null; operator: string; time_zone: string; today: string };
    Run: { id: string; state: string; prepared?: number | null; error?: string | null; seconds?: number | null };
    PlanSummary: {
      cost_fen: number; lower_bound_fen?: number | null; gap?: number | null; bookings: number; served: number; unassigned: number;
      vehicles_used: number; distance_m: number; duration_s: number; mass_g: number; volume_l: number; unloads: number;
    };
    Plan: {
      id: string; service_date: string; state: string; run: components["schemas"]["Run"]; stale: boolean;
      summary?: components["schemas"]["PlanSummary"] | null;
      unassigned: { booking_id: string; verdict: string; reasons: { code: string; vehicle_id?: string | null }[] }[];
      created_at: string; published_at?: string | null;
    };
    PlanList: { plans: components["schemas"]["Plan"][]; next_cursor?: string | null };
    RouteStep: {
      id: string; type: "start" | "job" | "unload" | "break" | "end"; place?: components["schemas"]["Position"] | null;
      eta: string; start: string; departure: string; distance_m: number; load: components["schemas"]["StreamAmount"][];
      outlet?: { id: string; name: string } | null;
    };
    Route: {
      id: string; plan_id: string; date: string; vehicle_id: string; vehicle_name: string; cost_fen: number; duration_s: number;
      distance_m: number; steps: components["schemas"]["RouteStep"][];
    };
    RouteList: { date: string; plan_id?: string | null; stale: boolean; routes: components["schemas"]["Route"][] };
  };
}
