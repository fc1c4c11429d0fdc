/**
 * PyTorch's operations as far as memory goes: what each allocates, what it saves for backward, and what its backward
 * allocates. Knows no model.
 */
@NullMarked
package dev.headroom.model.pytorch.aten;

import org.jspecify.annotations.NullMarked;
