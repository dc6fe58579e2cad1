const began = Date.now();

/** To stderr: stdout is for the tables. */
export function say(line: string): void {
  const time = ((Date.now() - began) / 1000).toFixed(0).padStart(5);
  process.stderr.write(`${time} s  ${line}\n`);
}

const endings: (() => Promise<unknown> | void)[] = [];

/** Removes what a part of the bench has made; called at the bench's end, however it ends. Last in, first out. */
export function atEnd(ending: () => Promise<unknown> | void): void {
  endings.push(ending);
}

export async function endAll(): Promise<void> {
  for (let ending = endings.pop(); ending; ending = endings.pop()) {
    try {
      await ending();
    } catch (error) {
      say(`left behind: ${(error as Error).message}`);
    }
  }
}

export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
