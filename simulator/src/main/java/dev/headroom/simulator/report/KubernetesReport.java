package dev.headroom.simulator.report;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.whatif.Solver.SmallestGpu;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a pod must ask Kubernetes for to get the smallest card that a job fits: the resource of NVIDIA's device plugin, and
 * the label of its feature discovery ({@code nvidia.com/gpu.product}: the name the driver reports, with hyphens for blanks).
 * An instance of a partitioned card is a resource of its own ({@code nvidia.com/mig-3g.40gb}, strategy <em>mixed</em>).
 */
public final class KubernetesReport {
    private static final String MIG = "-mig-";

    private KubernetesReport() {}

    /**
     * The fragment of a pod's specification, as YAML.
     *
     * @param answer the card and the job on it; one must have been found
     * @param reserve bytes that were left free
     */
    public static String yaml(SmallestGpu answer, Bytes reserve) {
        Gpu gpu = answer.gpu().orElseThrow();
        MemoryEstimate estimate = answer.estimate().orElseThrow();
        StringBuilder text = new StringBuilder();
        comment(
                text,
                "%s: needs %s of %s (%s), %s kept free; the smallest of %s tried"
                        .formatted(
                                estimate.job().job().model(),
                                Unit.GIB.labelled(estimate.process().count()),
                                Unit.GIB.labelled(gpu.memory().count()),
                                gpu.id(),
                                Unit.GIB.labelled(reserve.count()),
                                answer.tried().size() == 1
                                        ? "1 card"
                                        : answer.tried().size() + " cards"));
        estimate.warnings().forEach(warning -> comment(text, "Warning: " + warning));
        text.append("spec:\n");
        int mig = gpu.id().indexOf(MIG);
        List<String> products = gpu.driverNames().stream()
                .map(name -> mig < 0 ? name : name.substring(0, name.indexOf(" MIG ")))
                .map(name -> name.replace(' ', '-'))
                .toList();
        if (products.size() == 1) {
            text.append("  nodeSelector:\n    nvidia.com/gpu.product: ")
                    .append(products.get(0))
                    .append('\n');
        } else {
            text.append("""
                      affinity:
                        nodeAffinity:
                          requiredDuringSchedulingIgnoredDuringExecution:
                            nodeSelectorTerms:
                              - matchExpressions:
                                  - key: nvidia.com/gpu.product
                                    operator: In
                                    values:
                    """);
            products.forEach(product ->
                    text.append("                  - ").append(product).append('\n'));
        }
        String resource = mig < 0 ? "gpu" : "mig-" + gpu.id().substring(mig + MIG.length());
        text.append("""
                  containers:
                    - name: fine-tuning
                      resources:
                        limits:
                          nvidia.com/%s: 1
                """.formatted(resource));
        return text.toString();
    }

    /** Lines of a comment, as wide as those of a terminal. */
    private static void comment(StringBuilder text, String words) {
        new Document()
                .paragraph(words)
                .plain(false)
                .lines()
                .flatMap(line -> line.length() + 2 <= Document.WIDTH
                        ? Stream.of(line)
                        : Stream.of(
                                line.substring(0, line.lastIndexOf(' ')), line.substring(line.lastIndexOf(' ') + 1)))
                .forEach(line -> text.append("# ").append(line).append('\n'));
    }
}
