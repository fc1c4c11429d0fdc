/**
 * What a framework must offer to train a job here and now, and what comes of it. It is found as a service, so that the rest
 * of Headroom neither needs nor loads it. Must not know any framework.
 */
@NullMarked
package dev.headroom.simulator.measurement;

import org.jspecify.annotations.NullMarked;
