# Writes what people keep in R's own files into the folder that is named, and prints what is in each: for every vector of
# numbers in lists, the file, the names that lead to it, its type and its dimensions, between tabs.
current <- ""
folder <- commandArgs(TRUE)[1]
options(digits.secs = 0)
set.seed(11)

leaves <- function(x, path) {
  if (is.list(x)) {
    # S4 aside, lists are what they hold, whatever their class.
    x <- unclass(x)
    keys <- names(x)
    for (i in seq_along(x)) {
      key <- if (is.null(keys) || keys[[i]] == "") as.character(i - 1) else keys[[i]]
      leaves(x[[i]], c(path, key))
    }
  } else if (typeof(x) %in% c("logical", "integer", "double", "complex", "raw")) {
    shape <- if (is.null(dim(x))) length(x) else dim(x)
    cat(current, paste(path, collapse = "."), typeof(x), paste(shape, collapse = ","), sep = "\t")
    cat("\n")
  }
}

put <- function(name, x, ..., told = TRUE) {
  current <<- name
  saveRDS(x, file.path(folder, name), ...)
  if (told) leaves(x, character())
}

d <- data.frame(x = c(3, 1, 4, 1, 5, 9, 2, 6), g = factor(rep(c("a", "b"), 4)), k = c(2L, 7L, 1L, 8L, 2L, 8L, 1L, 9L))
d$y <- 2 * d$x + rnorm(8)

put("frame.rds", list(x = d$x, k = d$k, y = d$y))
put("matrix.rds", list(m = matrix(c(1, 2, 3, 4, 5, 6), 2, dimnames = list(NULL, c("a", "b", "c"))), a = array(d$k, c(2, 2, 2))))
put("values.rds", list(a = 1i, b = c(TRUE, NA), c = as.raw(c(1, 2)), e = list(f = c(x = 1.5)), 7L, g = "text"))
put("old.rds", list(a = d$x, b = list(c = d$k)), version = 2)
put("bzip2.rds", list(a = d$x), compress = "bzip2")
put("xz.rds", list(a = d$x), compress = "xz")
put("plain.rds", list(a = d$x), compress = FALSE)

# Models, with their formulas, environments and functions.
fit <- function(data, formula) lm(formula, data)
models <- list(
  lm = lm(y ~ log(x) + g, d), glm = glm(g ~ x, binomial, d), quasi = glm(g ~ x, quasibinomial, d),
  poly = fit(d, y ~ poly(x, 2)), nls = nls(y ~ a * x + b, d, start = list(a = 1, b = 0)), aov = aov(y ~ g, d),
  loess = suppressWarnings(loess(y ~ x, d)), prcomp = prcomp(d[, c("x", "y")]), kmeans = kmeans(d[, c("x", "y")], 2),
  arima = arima(d$y, c(1, 0, 0)), hclust = hclust(dist(d$x)), ecdf = ecdf(d$x),
  approx = suppressWarnings(approxfun(d$x, d$y)), spline = splinefun(unique(d$x), d$y[!duplicated(d$x)])
)
for (name in names(models)) put(paste0(name, ".rds"), models[[name]], told = FALSE)
put("text-model.rds", models$lm, ascii = TRUE, compress = FALSE, told = FALSE)
put("long.rds", 1:1000000, told = FALSE)
put("words.rds", as.character(c(1:10)), told = FALSE)
put("compiled.rds", compiler::cmpfun(function(x, ...) {
  for (i in 1:10) x <- x + sum(i, ...)
  if (x > 3) x else switch("a", a = 1, b = 2)
}), told = FALSE)
put("code.rds", list(quote(a + b), as.name("k"), expression(a, b), y ~ x | g, stats::predict), told = FALSE)
setClass("Pair", representation(a = "numeric", b = "list"))
put("class.rds", new("Pair", a = c(1, 2), b = list(1)), told = FALSE)
e <- new.env()
assign("x", d, e)
put("environment.rds", e, told = FALSE)

m <- models$lm
save(m, d, fit, file = file.path(folder, "work.RData"))
save(m, d, file = file.path(folder, "old.rda"), version = 2)
save(d, file = file.path(folder, "text.rda"), ascii = TRUE)
native <- file(file.path(folder, "native.rds"), "wb")
writeBin(serialize(m, NULL, xdr = FALSE), native)
close(native)
