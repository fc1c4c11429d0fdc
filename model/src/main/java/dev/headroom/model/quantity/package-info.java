/** Exact quantities: bytes, element types, tensor extents and the polynomials they are made of. Depends on nothing. */
@NullMarked
package dev.headroom.model.quantity;

import org.jspecify.annotations.NullMarked;
