/** Sequences that are each in order, as one that is. Of equals the one of the earlier sequence comes first. */
export async function* merged<T>(
  all: readonly AsyncIterable<T>[],
  isBefore: (one: T, other: T) => boolean,
): AsyncIterable<T> {
  const open = await Promise.all(
    all.map(async (sequence) => {
      const rest = sequence[Symbol.asyncIterator]();
      return { rest, head: await rest.next() };
    }),
  );
  for (;;) {
    let first: (typeof open)[number] | undefined;
    for (const one of open) {
      if (one.head.done) continue;
      if (!first || isBefore(one.head.value, first.head.value as T)) first = one;
    }
    if (!first || first.head.done) return;
    yield first.head.value;
    first.head = await first.rest.next();
  }
}
