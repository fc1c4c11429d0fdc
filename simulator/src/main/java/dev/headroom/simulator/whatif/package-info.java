/** Questions that take several estimates: sweeps, the most that fits, advice, differences. Reads no files but catalogs, prints nothing. */
@NullMarked
package dev.headroom.simulator.whatif;

import org.jspecify.annotations.NullMarked;
