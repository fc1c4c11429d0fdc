/**
 * Charts of estimates, as SVG and PNG. Draws what it is given and computes no memory; knows no files and no command line.
 */
@NullMarked
package dev.headroom.simulator.chart;

import org.jspecify.annotations.NullMarked;
