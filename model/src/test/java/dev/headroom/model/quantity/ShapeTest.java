package dev.headroom.model.quantity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Shapes of size-only tensors. */
final class ShapeTest {
    @Test
    void broadcast_microBatchOfOneAndConstantOne_keepsTheMicroBatch() {
        Shape states = Shape.of(Extent.batch(1), Extent.sequence(8), Extent.of(64));
        Shape table = Shape.of(Extent.ONE, Extent.sequence(8), Extent.of(64));

        assertThat(Shape.broadcast(table, states).elementsPolynomial()).hasToString("64·b·s");
        assertThat(Shape.broadcast(states, table).elementsPolynomial()).hasToString("64·b·s");
    }

    @Test
    void withoutDimension_fromTheEnd_leavesTheOthers() {
        Shape shape = Shape.of(Extent.of(2), Extent.of(3), Extent.of(5));

        assertThat(shape.withoutDimension(-2).elements()).isEqualTo(10);
        assertThat(shape.withoutDimension(0).elements()).isEqualTo(15);
    }
}
