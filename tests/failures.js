// Writes each test that failed into the file that FAILED_TESTS names, so that what runs several sets of tests can tell them at its end.
import { appendFileSync } from "node:fs";

const COLOURS = /\u001b\[[0-9;]*m/g;

export default class Failures {
  onTestEnd(test, result) {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const why = result.error?.message?.replace(COLOURS, "").split("\n").slice(0, 6).join("\n    ") ?? `${result.status}, expected to be ${test.expectedStatus}`;
    appendFileSync(process.env.FAILED_TESTS, `${test.titlePath().slice(2).join(" › ")} (${result.status})\n    ${why}\n`);
  }
}
