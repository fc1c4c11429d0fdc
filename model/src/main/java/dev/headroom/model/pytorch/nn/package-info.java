/**
 * Modules of Transformers and PEFT, written the way their published implementation computes: which tensors exist, which
 * have names, and in which order. Source: transformers 5.17, peft 0.21.
 */
@NullMarked
package dev.headroom.model.pytorch.nn;

import org.jspecify.annotations.NullMarked;
