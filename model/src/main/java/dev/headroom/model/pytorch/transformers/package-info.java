/** What Hugging Face Transformers' models compute, architecture by architecture, and the loss. */
@NullMarked
package dev.headroom.model.pytorch.transformers;

import org.jspecify.annotations.NullMarked;
