import { CoverageTable } from './coverage.js';
import { testPart } from './seeds.js';

testPart(1, 2, new CoverageTable());
