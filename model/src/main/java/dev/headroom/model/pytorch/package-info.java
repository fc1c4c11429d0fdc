/** PyTorch with transformers and PEFT: what its rules are called and where they are known from. */
@NullMarked
package dev.headroom.model.pytorch;

import org.jspecify.annotations.NullMarked;
