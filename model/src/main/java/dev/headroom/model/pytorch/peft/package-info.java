/** What PEFT's methods do to a model: which modules they wrap, and what the wrapped modules compute. */
@NullMarked
package dev.headroom.model.pytorch.peft;

import org.jspecify.annotations.NullMarked;
