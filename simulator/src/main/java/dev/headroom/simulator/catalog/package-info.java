/**
 * The catalogs of models, cards and measured process overheads, read strictly from the files in {@code data/}.
 * Knows no job.
 */
@NullMarked
package dev.headroom.simulator.catalog;

import org.jspecify.annotations.NullMarked;
