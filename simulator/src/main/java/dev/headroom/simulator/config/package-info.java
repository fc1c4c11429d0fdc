/**
 * Fine-tuning jobs as people write them: the keys of a job, their defaults, and reading them from files and options.
 * Computes no memory and prints nothing.
 */
@NullMarked
package dev.headroom.simulator.config;

import org.jspecify.annotations.NullMarked;
