// What an older build left is no test any more.
import { rmSync } from "node:fs";

rmSync(new URL("../test-build", import.meta.url), { recursive: true, force: true });
