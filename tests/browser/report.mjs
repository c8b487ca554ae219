// One line a check, and the sum of them.
export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  check(good, player, check, figure) {
    console.log(`${good ? 'ok' : 'FAIL'} ${player} ${check}: ${figure}`);
    if (good) ++this.passed;
    else ++this.failed;
    return good;
  }

  not_run(what, why) {
    console.log(`not run ${what}: ${why}`);
    ++this.skipped;
  }

  /** Prints the sum; the exit code. */
  close() {
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped} not run`);
    return this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
