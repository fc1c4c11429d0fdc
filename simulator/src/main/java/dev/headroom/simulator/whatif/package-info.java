/** Questions that take several estimates: methods against lengths, where a saving ends. Reads and prints nothing. */
@NullMarked
package dev.headroom.simulator.whatif;

import org.jspecify.annotations.NullMarked;
