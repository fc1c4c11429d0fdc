/** The memory model: from a fine-tuning job to an explained estimate. Does no input or output. */
@NullMarked
package dev.headroom.model;

import org.jspecify.annotations.NullMarked;
