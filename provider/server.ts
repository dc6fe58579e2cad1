import * as provider from "@pulumi/pulumi/provider";
import { Life } from "./life";
import { SlipwayProvider } from "./provider";

// Pulumi's server prints the stack of every error that it also returns; ours are written to be read.
if (!process.env.SLIPWAY_DEBUG) console.error = () => {};

const engine = process.argv.slice(2).find((argument) => /^[\d.]+:\d+$/.test(argument));
const life = new Life(engine);
life.watch();
void provider.main(new SlipwayProvider(life), process.argv.slice(2));
