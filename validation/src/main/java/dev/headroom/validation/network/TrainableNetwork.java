package dev.headroom.validation.network;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.model.training.TrainingLoop;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A job's network in ND4J with the function that computes its gradients.
 *
 * @param forward the network
 * @param gradients the network and its gradients
 * @param lossName the loss of each token
 * @param modules module of each operation of the forward pass
 * @param categories what each array of the network is
 */
public record TrainableNetwork(
        SameDiff forward,
        SameDiff gradients,
        String lossName,
        Map<String, String> modules,
        Map<String, Category> categories) {

    /** Builds it. */
    public static TrainableNetwork build(ResolvedJob job, long seed) {
        SameDiff sameDiff = SameDiff.create();
        if (job.job().trainingLoop() != TrainingLoop.ND4J_DEFAULTS) {
            // The holders that ND4J takes by itself keep every array twice.
            sameDiff.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
        }
        Nd4jGraph graph = new Nd4jGraph(sameDiff, seed);
        SDVariable loss = LlamaNetwork.build(graph, job);
        sameDiff.setLossVariables(loss.name());
        sameDiff.createGradFunction();
        return new TrainableNetwork(
                sameDiff, sameDiff.getFunction("grad"), loss.name(), graph.modules(), graph.categories());
    }

    /** Names of the variables that train. */
    public Set<String> trained() {
        Set<String> names = new LinkedHashSet<>();
        for (SDVariable variable : forward.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE) {
                names.add(variable.name());
            }
        }
        return names;
    }

    /** Bytes of all arrays that are there before training, each counted once. */
    public Map<Category, Long> loadedBytes() {
        Map<Category, Long> bytes = new EnumMap<>(Category.class);
        Set<DataBuffer> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        for (SDVariable variable : gradients.variables()) {
            VariableType kind = variable.getVariableType();
            if (kind == VariableType.CONSTANT || kind == VariableType.VARIABLE) {
                INDArray array = variable.getArr();
                if (counted.add(array.data())) {
                    Category category = categories.getOrDefault(variable.name(), Category.FROZEN_WEIGHTS);
                    bytes.merge(category, bytes(array), Long::sum);
                }
            }
        }
        return bytes;
    }

    /** Bytes of the copies that ND4J's own holders keep of each variable's array (DeviceLocalNDArray). */
    public long copiedBytes() {
        return forward.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.CONSTANT
                        || variable.getVariableType() == VariableType.VARIABLE)
                .mapToLong(variable -> bytes(variable.getArr()))
                .sum();
    }

    /** Bytes of an array's buffer. */
    public static long bytes(INDArray array) {
        return array.isEmpty() || array.data() == null
                ? 0
                : Math.multiplyExact(array.data().length(), (long) array.data().getElementSize());
    }
}
