package dev.headroom.validation.network;

import dev.headroom.model.samediff.graph.Filling;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Makes arrays with their first values. */
final class Arrays {
    /** Up to here values come from Java and are the same on every backend; larger arrays are filled where they lie. */
    private static final long FROM_JAVA = 1L << 20;

    /** What hides a score in 16-bit floats, whose range ends at 65504. */
    private static final float HIDDEN_HALF = -6e4f;

    private static final float HIDDEN = -1e9f;

    private final SplittableRandom random;

    Arrays(long seed) {
        this.random = new SplittableRandom(seed);
    }

    INDArray make(long[] shape, DataType type, Filling filling) {
        if (filling instanceof Filling.Zeros) {
            return Nd4j.zeros(type, shape);
        }
        if (filling instanceof Filling.Ones) {
            return Nd4j.ones(type, shape);
        }
        if (filling instanceof Filling.Noise noise) {
            return noise(shape, type, noise.deviation());
        }
        if (filling instanceof Filling.Rotations rotations) {
            return of(rotations(shape, rotations), shape, type);
        }
        if (filling instanceof Filling.CausalMask mask) {
            return of(mask(shape, mask.window(), type == DataType.FLOAT16 ? HIDDEN_HALF : HIDDEN), shape, type);
        }
        throw new IllegalArgumentException("filling (%s) is unknown".formatted(filling));
    }

    private INDArray noise(long[] shape, DataType type, double deviation) {
        long length = length(shape);
        if (length > FROM_JAVA) {
            return converted(Nd4j.randn(DataType.FLOAT, shape).muli((float) deviation), type);
        }
        float[] values = new float[(int) length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return of(values, shape, type);
    }

    private static float[] rotations(long[] shape, Filling.Rotations filling) {
        int positions = (int) shape[2];
        int pairs = (int) shape[3];
        float[] values = new float[Math.multiplyExact(positions, pairs)];
        for (int position = 0; position < positions; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                double angle = position * Math.pow(filling.base(), -(double) pair / pairs);
                values[position * pairs + pair] = (float) (filling.sine() ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return values;
    }

    private static float[] mask(long[] shape, long window, float hidden) {
        int queries = (int) shape[3];
        int keys = (int) shape[4];
        float[] values = new float[Math.multiplyExact(queries, keys)];
        for (int query = 0; query < queries; query++) {
            for (int key = 0; key < keys; key++) {
                boolean visible = key <= query && query - key < window;
                values[query * keys + key] = visible ? 0 : hidden;
            }
        }
        return values;
    }

    private static INDArray of(float[] values, long[] shape, DataType type) {
        INDArray flat = Nd4j.createFromArray(values);
        INDArray shaped = flat.reshape(shape).dup('c');
        flat.close();
        return converted(shaped, type);
    }

    private static INDArray converted(INDArray array, DataType type) {
        if (array.dataType() == type) {
            return array;
        }
        INDArray converted = array.castTo(type);
        array.close();
        return converted;
    }

    private static long length(long[] shape) {
        long length = 1;
        for (long dimension : shape) {
            length = Math.multiplyExact(length, dimension);
        }
        return length;
    }
}
