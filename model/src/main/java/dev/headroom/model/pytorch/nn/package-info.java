/** Layers that every model is made of, their weights, and how adapters take their place. */
@NullMarked
package dev.headroom.model.pytorch.nn;

import org.jspecify.annotations.NullMarked;
