/** Linear layers quantized by GPTQ, and the kernel that can train adapters beside them. */
@NullMarked
package dev.headroom.model.pytorch.gptq;

import org.jspecify.annotations.NullMarked;
