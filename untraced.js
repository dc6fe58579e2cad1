// The SDK notes a stack trace for each property of each resource, and its language host has every frame of them
// translated: four fifths of the time of a program with many resources (docs/performance.md). They serve only its
// search for leaked promises.
const NOTED = new Set(["debuggablePromise", "callsites"]);
const translate = Error.prepareStackTrace;

if (translate && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  Error.prepareStackTrace = (error, frames) =>
    NOTED.has(frames[0]?.getFunctionName()) ? `${error}` : translate(error, frames);
}
