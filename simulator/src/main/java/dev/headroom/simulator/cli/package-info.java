/** The command line: parses, calls the engine, prints what a renderer made. Only here is anything printed or exited. */
@NullMarked
package dev.headroom.simulator.cli;

import org.jspecify.annotations.NullMarked;
