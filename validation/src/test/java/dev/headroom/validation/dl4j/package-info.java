/** What DL4J says of its own networks' memory, beside what they take. Nothing that is shipped depends on DL4J. */
@NullMarked
package dev.headroom.validation.dl4j;

import org.jspecify.annotations.NullMarked;
