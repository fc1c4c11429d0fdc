/** What optimizers allocate: state that stays, and temporaries of a step. Knows nothing of loops. */
@NullMarked
package dev.headroom.model.pytorch.optim;

import org.jspecify.annotations.NullMarked;
