/** What bitsandbytes does under PyTorch: quantized linear layers, from their load to their gradients. */
@NullMarked
package dev.headroom.model.pytorch.bitsandbytes;

import org.jspecify.annotations.NullMarked;
