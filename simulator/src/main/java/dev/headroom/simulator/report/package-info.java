/** Renders results as tables, JSON, CSV and Markdown. Computes no memory, reads no files, prints nothing itself. */
@NullMarked
package dev.headroom.simulator.report;

import org.jspecify.annotations.NullMarked;
