/** Training runs under PyTorch: optimizers, gradient clipping, loss scaling, loops; and their recording as a program. */
@NullMarked
package dev.headroom.model.pytorch.training;

import org.jspecify.annotations.NullMarked;
