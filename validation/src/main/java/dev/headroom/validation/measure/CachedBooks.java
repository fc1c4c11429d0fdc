package dev.headroom.validation.measure;

import dev.headroom.validation.network.TrainableNetwork;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/** ND4J's default memory manager, of which the buffers it has made are counted. They stay until they are collected. */
final class CachedBooks extends ArrayCacheMemoryMgr {
    private final Set<DataBuffer> known = Collections.newSetFromMap(new IdentityHashMap<>());
    private long bytes;

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        return entered(super.allocate(detached, type, shape));
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return entered(super.allocate(detached, descriptor));
    }

    private INDArray entered(INDArray array) {
        if (known.add(array.data())) {
            bytes += TrainableNetwork.bytes(array);
        }
        return array;
    }

    @Override
    public void release(INDArray array) {
        DataBuffer buffer = array.data();
        long size = TrainableNetwork.bytes(array);
        super.release(array);
        if (array.wasClosed() && known.remove(buffer)) {
            bytes -= size;
        }
    }

    /** Bytes of all buffers made and not closed, in use or not. */
    long bytes() {
        return bytes;
    }
}
