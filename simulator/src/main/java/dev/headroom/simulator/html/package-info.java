/** The report of a job as one HTML file that needs nothing else. Writes text; knows no files and no command line. */
@NullMarked
package dev.headroom.simulator.html;

import org.jspecify.annotations.NullMarked;
