package dev.headroom.model.program;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requested bytes of every tensor of a program as polynomials in b, s and r. Many tensors share few of them. Immutable. */
final class SizeFormulas {
    private final List<Polynomial> distinct;
    private final int[] ofTensor;

    SizeFormulas(List<TensorOrigin> origins) {
        Map<DType, Map<Shape, Integer>> numbers = new EnumMap<>(DType.class);
        distinct = new ArrayList<>();
        ofTensor = new int[origins.size()];
        for (int tensor = 0; tensor < ofTensor.length; tensor++) {
            TensorOrigin origin = origins.get(tensor);
            Map<Shape, Integer> ofType = numbers.computeIfAbsent(origin.dtype(), unknown -> new HashMap<>());
            Integer number = ofType.get(origin.shape());
            if (number == null) {
                number = distinct.size();
                distinct.add(origin.bytes());
                ofType.put(origin.shape(), number);
            }
            ofTensor[tensor] = number;
        }
    }

    private SizeFormulas(List<Polynomial> distinct, int[] ofTensor) {
        this.distinct = distinct;
        this.ofTensor = ofTensor;
    }

    /** Whether two tensors have the same formula. */
    boolean same(int one, int other) {
        return ofTensor[one] == ofTensor[other];
    }

    /** Those of other tensors, each a copy of one of these. */
    SizeFormulas ofCopies(int[] originals) {
        return new SizeFormulas(
                distinct,
                Arrays.stream(originals).map(tensor -> ofTensor[tensor]).toArray());
    }

    /** Whether r, the rank of an adapter, occurs in them. */
    boolean dependOnRank() {
        return distinct.stream().anyMatch(Polynomial::dependsOnRank);
    }

    /** The same with a number in the place of r. */
    SizeFormulas ofRank(long rank) {
        return new SizeFormulas(distinct.stream().map(one -> one.ofRank(rank)).toList(), ofTensor);
    }

    /** The origins of these tensors, with shapes of these sizes in the place of those in which r occurs. */
    List<TensorOrigin> originsAt(List<TensorOrigin> origins, long b, long s, long rank) {
        boolean[] ranked = new boolean[distinct.size()];
        for (int i = 0; i < ranked.length; i++) {
            ranked[i] = distinct.get(i).dependsOnRank();
        }
        @Nullable Shape[] shapes = new Shape[ranked.length];
        TensorOrigin[] others = origins.toArray(TensorOrigin[]::new);
        for (int tensor = 0; tensor < others.length; tensor++) {
            int size = ofTensor[tensor];
            if (ranked[size]) {
                Shape shape = shapes[size];
                if (shape == null) {
                    shape = others[tensor].shape().at(b, s, rank);
                    shapes[size] = shape;
                }
                others[tensor] = others[tensor].withShape(shape);
            }
        }
        return List.of(others);
    }

    /**
     * Requested bytes of each tensor.
     *
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     */
    long[] at(long b, long s) {
        long[] values = new long[distinct.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = distinct.get(i).at(b, s);
        }
        long[] bytes = new long[ofTensor.length];
        for (int tensor = 0; tensor < bytes.length; tensor++) {
            bytes[tensor] = values[ofTensor[tensor]];
        }
        return bytes;
    }
}
