// The same random values for each mutant.

import fc from 'fast-check';

fc.configureGlobal({ seed: 1 });
