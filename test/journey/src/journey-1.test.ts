import { CoverageTable } from './coverage.js';
import { testPart } from './seeds.js';

testPart(0, 2, new CoverageTable());
