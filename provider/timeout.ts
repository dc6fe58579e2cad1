/** Seconds that a platform may take to answer. */
const TIMEOUT = 10;

/** Fails loudly instead of hanging: a platform that does not answer is an error, not an empty platform. */
export async function withTimeout<T>(
  what: string,
  work: Promise<T>,
  seconds = TIMEOUT,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: no answer within ${seconds} s`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
