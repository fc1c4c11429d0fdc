/** Fine-tuning methods: which parameters train and which layers are wrapped. Knows no framework. */
@NullMarked
package dev.headroom.model.method;

import org.jspecify.annotations.NullMarked;
