/** The wire types this page reads, by the names of the specification. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type Plan = Schemas["Plan"];
export type PlanList = Schemas["PlanList"];
export type CreatePlan = Schemas["CreatePlan"];
export type OutletClearing = Schemas["OutletClearing"];
export type PlanSummary = Schemas["PlanSummary"];
export type PlanTravel = Schemas["PlanTravel"];
export type PlanExplanations = Schemas["PlanExplanations"];
export type BookingExplanation = Schemas["BookingExplanation"];
export type FieldChange = Schemas["FieldChange"];
export type AreaShortage = Schemas["AreaShortage"];
export type RouteList = Schemas["RouteList"];
export type Route = Schemas["Route"];
export type RouteStep = Schemas["RouteStep"];
export type Booking = Schemas["Booking"];
export type BookingList = Schemas["BookingList"];
export type CreateBooking = Schemas["CreateBooking"];
export type Material = Schemas["Material"];
export type MaterialList = Schemas["MaterialList"];
export type Position = Schemas["Position"];
export type SlotList = Schemas["SlotList"];
export type SlotOffers = Schemas["SlotOffers"];
export type SlotQuestion = Schemas["SlotQuestion"];
export type PlanLock = Schemas["PlanLock"];
export type Building = Schemas["Building"];
export type BuildingList = Schemas["BuildingList"];
