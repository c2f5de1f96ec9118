import { describe, expect, it } from "vitest";

import { CELL_COLOURS, classBreaks, routeColour } from "./palette";

describe("classBreaks", () => {
  it("cuts at the quintiles of the positive values", () => {
    expect(classBreaks([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([3, 5, 7, 9]);
  });

  it("rises strictly, so that every class can hold something", () => {
    expect(classBreaks([1, 1, 1, 1, 1, 1, 1, 1, 1, 9])).toEqual([]);
    expect(classBreaks([1, 1, 1, 1, 2, 2, 2, 2, 2, 9])).toEqual([2]);
  });

  it("needs no values", () => {
    expect(classBreaks([])).toEqual([]);
    expect(classBreaks([0, 0])).toEqual([]);
  });

  it("never asks for more colours than there are", () => {
    const many = Array.from({ length: 1000 }, (_, k) => k);
    expect(classBreaks(many).length + 1).toBe(CELL_COLOURS.length);
  });
});

it("gives neighbours in the list different colours", () => {
  for (let k = 0; k < 60; k++) expect(routeColour(k)).not.toBe(routeColour(k + 1));
});
