#!/usr/bin/env node
// Prints the functions of the storage, for a server whose brokers may call them and not load them:
//   node print-library.js | redis-cli -x FUNCTION LOAD REPLACE
import { readLibrary } from '../dist/library.js';

process.stdout.write((await readLibrary()).code);
