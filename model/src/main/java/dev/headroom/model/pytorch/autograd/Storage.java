package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.program.Category;

/** One allocation, shared by a tensor and its views, and freed when the last reference goes. */
final class Storage {
    final int tensor;
    Category category;
    int references = 1;

    Storage(int tensor, Category category) {
        this.tensor = tensor;
        this.category = category;
    }
}
