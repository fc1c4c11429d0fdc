/** Replays a step program through a model of the runtime's memory allocator. Knows no framework beyond its allocator. */
@NullMarked
package dev.headroom.model.replay;

import org.jspecify.annotations.NullMarked;
