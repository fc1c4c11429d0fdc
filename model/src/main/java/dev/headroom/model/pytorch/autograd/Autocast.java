package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The state of {@code torch.autocast}: the type to compute in, and the casts of trainable weights it keeps until it ends.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/autocast_mode.cpp}, {@code cached_cast}: only a float32 leaf that requires
 * a gradient is cached.
 */
public final class Autocast {
    private final Autograd autograd;
    private Optional<DType> dtype = Optional.empty();
    private Map<Tensor, Tensor> cache = new LinkedHashMap<>();

    Autocast(Autograd autograd) {
        this.autograd = autograd;
    }

    /** The type matrix products are computed in, if autocast is on. */
    public Optional<DType> dtype() {
        return dtype;
    }

    /** A cast kept from earlier in the same region. */
    public Optional<Tensor> cached(Tensor weight) {
        return Optional.ofNullable(cache.get(weight));
    }

    /** Keeps the cast of a weight until autocast ends. */
    public void cache(Tensor weight, Tensor cast) {
        cast.temporary = false;
        cache.put(weight, cast);
    }

    /** A region of {@code torch.autocast}; closing it drops the cached casts. */
    public Region enter(Optional<DType> type) {
        return new Region(type);
    }

    /** Runs the inside of an operation, whose operands have been cast before. */
    public Tensor suspendedFor(Supplier<Tensor> body) {
        Region plain = enter(Optional.empty());
        try {
            return body.get();
        } finally {
            plain.close();
        }
    }

    /** An open region. */
    public final class Region implements AutoCloseable {
        private final Optional<DType> outerType = dtype;
        private final Map<Tensor, Tensor> outerCache = cache;

        private Region(Optional<DType> type) {
            dtype = type;
            cache = new LinkedHashMap<>();
        }

        @Override
        public void close() {
            cache.values().forEach(autograd::release);
            dtype = outerType;
            cache = outerCache;
        }
    }
}
