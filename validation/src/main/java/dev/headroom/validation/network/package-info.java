/** Networks of {@code dev.headroom.model.samediff.network} built on ND4J. Must not know how they are trained. */
@NullMarked
package dev.headroom.validation.network;

import org.jspecify.annotations.NullMarked;
