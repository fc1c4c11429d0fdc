package dev.headroom.model.pytorch.training;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors by element type, as the foreach functions take them.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/ForeachUtils.h}, {@code _group_tensors_by_first_tensors_device_and_dtype}:
 * the groups come out of a {@code std::unordered_map}, which lists the latest key first; confirmed by measured clipping peaks.
 */
final class TensorGroups {
    private TensorGroups() {}

    /** The groups, that of the type seen last first. */
    static List<List<Tensor>> byType(List<Tensor> tensors) {
        Map<DType, List<Tensor>> groups = new LinkedHashMap<>();
        for (Tensor tensor : tensors) {
            groups.computeIfAbsent(tensor.dtype(), type -> new ArrayList<>()).add(tensor);
        }
        List<List<Tensor>> latestFirst = new ArrayList<>(groups.values());
        Collections.reverse(latestFirst);
        return latestFirst;
    }
}
