package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.program.Category;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function of the backward graph: what it saved, and where its results go. */
class Node {
    /** Where one result of a node goes: the function that takes it, and the form in which that expects it. */
    record Edge(Node node, int outputNumber, Shape shape, DType dtype) {}

    private static final SavedTensor[] NOTHING_SAVED = new SavedTensor[0];

    final String name;
    final String module;
    final Category category;
    final long sequence;
    final @Nullable Edge[] edges;
    final Backward backward;
    SavedTensor[] saved = NOTHING_SAVED;
    /** Tensors held as long as the node exists, even after backward has run. */
    List<Tensor> captured = List.of();

    int references;

    /** During backward: the gradients that have arrived, and how many are still to come. */
    @Nullable
    Tensor[] arrived = new Tensor[1];

    int awaited;
    boolean discovered;

    Node(String name, String module, Category category, long sequence, @Nullable Edge[] edges, Backward backward) {
        this.name = name;
        this.module = module;
        this.category = category;
        this.sequence = sequence;
        this.edges = edges;
        this.backward = backward;
    }

    void dropSaved(Autograd autograd) {
        SavedTensor[] dropped = saved;
        saved = NOTHING_SAVED;
        for (SavedTensor tensor : dropped) {
            tensor.release(autograd);
        }
    }
}
