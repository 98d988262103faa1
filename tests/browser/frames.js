// How much a page does in each frame of a 60th of a second, from Chromium's own trace.

/**
 * Milliseconds of work on the main thread in each frame after `act`, for so long. `time` is `dur`, as a clock has it, or `tdur`, what the
 * thread itself took.
 */
export const workOfFrames = async (page, act, during, time) => {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await act();
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline"] } });
  await page.waitForTimeout(during);
  const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.end");
  await complete;
  const main = events.find((e) => e.name === "thread_name" && e.args.name === "CrRendererMain");
  const found = events.filter((e) => e.ph === "X" && e.name.endsWith("RunTask") && (!main || (e.pid === main.pid && e.tid === main.tid)));
  // Chromium tells of most tasks twice, by two names, one within the other: the outer ones count.
  const tasks = [];
  for (const task of found.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    const outer = tasks.at(-1);
    if (!outer || task.ts >= outer.ts + outer.dur) tasks.push(task);
  }
  const frames = new Map();
  for (const task of tasks) {
    const frame = Math.floor((task.ts - tasks[0].ts) / (1e6 / 60));
    frames.set(frame, (frames.get(frame) ?? 0) + (task[time] ?? task.dur) / 1000);
  }
  return Array.from({ length: Math.max(...frames.keys()) + 1 }, (_, i) => frames.get(i) ?? 0);
};
