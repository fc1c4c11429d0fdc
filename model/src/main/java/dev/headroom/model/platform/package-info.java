/** Facts about cards and software stacks. Knows no workload. */
@NullMarked
package dev.headroom.model.platform;

import org.jspecify.annotations.NullMarked;
