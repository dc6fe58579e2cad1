import { createColors } from "picocolors";

/** Colours where a terminal is; picocolors itself also gives them to CI, whose lines people search. */
export default createColors(Boolean(process.stdout.isTTY) && !process.env.NO_COLOR);
